using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace SsojetM2M.Tests;

// The rows of vectors.json: what every client of this kind does, whatever its language.
public sealed class VectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors.json"))).RootElement;

    public static TheoryData<string> NamesIn(string table) => [.. Vectors.GetProperty(table).EnumerateArray().Select(static row => Text(row, "name"))];

    [Theory]
    [MemberData(nameof(NamesIn), "decisions")]
    public void Decides_what_to_do_with_the_cache(string name)
    {
        var row = Find("decisions", name);
        var held = row.GetProperty("held");
        HeldToken? token = held.ValueKind == JsonValueKind.Null ? null : new HeldToken("x", Seconds(held, "early_at"), Seconds(held, "expires_at"));
        var decision = TokenProvider.Decide(Seconds(row, "now"), token, row.GetProperty("renewing").GetBoolean(), Seconds(row, "paused_until"));
        Assert.Equal(new Decision(row.GetProperty("use").GetBoolean(), row.GetProperty("renew").GetBoolean()), decision);
    }

    [Theory]
    [MemberData(nameof(NamesIn), "urls")]
    public void Accepts_or_refuses_a_url(string name)
    {
        var row = Find("urls", name);
        var url = Text(row, "url");
        foreach (string variable in Texts(row, "variables"))
        {
            bool isForApi = variable == "SSOJET_API_URL";
            var options = new SsojetOptions { ClientId = "cli_test", ClientSecret = "secret", ApiUrl = isForApi ? url : "https://api.test", TokenUrl = isForApi ? null : url };
            var result = new SsojetOptionsValidator().Validate("", options);
            Assert.Equal(row.GetProperty("accepted").GetBoolean(), result.Succeeded);
            Assert.Contains(result.Succeeded ? "" : variable, result.FailureMessage ?? "");
        }
    }

    [Theory]
    [MemberData(nameof(NamesIn), "credentials")]
    public async Task Encodes_credentials(string name)
    {
        var row = Find("credentials", name);
        (string id, string secret) = (Text(row, "client_id"), Text(row, "client_secret"));
        using var basic = new Sandbox(configure: options => (options.ClientId, options.ClientSecret, options.AuthMethod) = (id, secret, "client_secret_basic"));
        await basic.Tokens.GetTokenAsync();
        var sent = Encoding.UTF8.GetString(Convert.FromBase64String(basic.TokenTransport.Authorizations.Single()["Basic ".Length..])).Split(':');
        Assert.Contains(sent[0], Texts(row, "client_id_encoded"));
        Assert.Contains(sent[1], Texts(row, "client_secret_encoded"));
        Assert.Equal("grant_type=client_credentials", basic.TokenTransport.Bodies[0]);
    }

    [Theory]
    [MemberData(nameof(NamesIn), "responses")]
    public async Task Judges_a_token_response(string name)
    {
        var row = Find("responses", name);
        using var sandbox = new Sandbox(token: number => number == 1 ? Sandbox.Answer(HttpStatusCode.OK, Text(row, "body")) : Sandbox.Issue(number));
        var call = sandbox.Tokens.GetTokenAsync();
        if (row.TryGetProperty("error", out JsonElement kind))
        {
            var error = await Assert.ThrowsAsync<SsojetException>(() => call);
            Assert.Equal(kind.GetString(), error.Kind.ToString(), ignoreCase: true);
            Assert.Contains(row.TryGetProperty("mentions", out JsonElement text) ? text.GetString()! : "", error.Message);
            return;
        }
        var token = Text(row, "token");
        Assert.Equal(token, await call);
        sandbox.Clock.Advance(Seconds(row, "lifetime_s") * 0.89);
        Assert.Equal(token, await sandbox.Tokens.GetTokenAsync());
        sandbox.Clock.Advance(Seconds(row, "lifetime_s") * 0.11);
        Assert.Equal("token-2-abcdef", await sandbox.Tokens.GetTokenAsync());
    }

    [Theory]
    [MemberData(nameof(NamesIn), "paths")]
    public async Task A_path_carries_no_token_to_another_host(string name)
    {
        var path = Text(Find("paths", name), "path").Replace("{decoy}", "decoy.test", StringComparison.Ordinal);
        using var sandbox = new Sandbox(api: static request =>
            new HttpResponseMessage(request.RequestUri?.Host == "api.test" || request.Headers.Authorization is null ? HttpStatusCode.OK : HttpStatusCode.Conflict));
        try
        {
            using var response = await sandbox.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        catch (Exception error) when (error is SsojetException or UriFormatException or InvalidOperationException or NotSupportedException)
        {
            Assert.Empty(sandbox.ApiTransport.Bodies); // refused, by us or by HttpClient
        }
    }

    private static JsonElement Find(string table, string name) => Vectors.GetProperty(table).EnumerateArray().Single(row => Text(row, "name") == name);

    private static string Text(JsonElement row, string member) => row.GetProperty(member).GetString()!;

    private static IEnumerable<string> Texts(JsonElement row, string member) => row.GetProperty(member).EnumerateArray().Select(static text => text.GetString()!);

    private static TimeSpan Seconds(JsonElement row, string member) => TimeSpan.FromSeconds(row.GetProperty(member).GetDouble());
}
