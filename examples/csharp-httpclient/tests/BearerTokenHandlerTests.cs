using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SsojetM2M.Tests;

public sealed class BearerTokenHandlerTests
{
    [Theory]
    [InlineData("text", true)]
    [InlineData("json", true)]
    [InlineData("stream", true)]
    [InlineData("form", true)]
    [InlineData("one-way stream", false)]
    [InlineData("one-way stream with a length", false)]
    [InlineData("one-way form", false)]
    public async Task A_401_is_answered_with_another_token_where_the_body_can_be_sent_again(string body, bool canBeSentAgain)
    {
        using var sandbox = new Sandbox(api: AcceptSecondToken);
        using var response = await sandbox.Client.PostAsync("orders", MakeBody(body));
        Assert.Equal(canBeSentAgain ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.All(sandbox.ApiTransport.Bodies, sent => Assert.Contains("hello", sent));
        Assert.Equal(canBeSentAgain ? 2 : 1, sandbox.ApiTransport.Bodies.Count);
        Assert.Equal("token-2-abcdef", await sandbox.Tokens.GetTokenAsync()); // the refused one was dropped
    }

    [Fact]
    public async Task The_request_is_sent_as_the_caller_made_it_and_never_holds_the_token_itself()
    {
        var tenant = new HttpRequestOptionsKey<string>("tenant");
        var sent = "";
        using var sandbox = new Sandbox(api: message =>
        {
            sent = $"{message.Version} {message.Options.TryGetValue(tenant, out string? value)} {value} {message.Headers.ConnectionClose}";
            return new HttpResponseMessage(HttpStatusCode.OK);
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders") { Version = HttpVersion.Version20 };
        request.Headers.ConnectionClose = true;
        request.Options.Set(tenant, "acme");
        using var response = await sandbox.Client.SendAsync(request);
        Assert.Equal("2.0 True acme True", sent);
        Assert.Same(request, response.RequestMessage);
        Assert.Null(request.Headers.Authorization);
    }

    [Fact]
    public async Task Another_origin_gets_no_token_nor_a_request_with_an_authorization_of_its_own()
    {
        using var sandbox = new Sandbox(api: AcceptSecondToken);
        foreach (string url in (string[])["https://other.test/v1/orders", "https://api.test:444/v1/orders", "http://api.test/v1/orders"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await sandbox.Client.GetAsync(url)).StatusCode);
        sandbox.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", "eDp5");
        Assert.Equal(HttpStatusCode.Unauthorized, (await sandbox.Client.GetAsync("orders")).StatusCode);
        Assert.Equal(["none", "none", "none", "Basic eDp5"], sandbox.ApiTransport.Authorizations);
        Assert.Equal(0, sandbox.TokenRequests);
    }

    [Theory]
    [InlineData("https://api.test/v1/orders", "Bearer token-1-abcdef")]
    [InlineData("https://other.test/v1/orders", "none")]
    public async Task A_layer_that_sends_the_request_again_carries_no_token_along(string secondUrl, string secondAuthorization)
    {
        using var sandbox = new Sandbox(register: services => services.AddHttpClient("api").AddHttpMessageHandler(() => new TwiceHandler(new Uri(secondUrl))));
        using var response = await sandbox.Client.GetAsync("orders");
        Assert.Equal(["Bearer token-1-abcdef", secondAuthorization], sandbox.ApiTransport.Authorizations);
    }

    [Fact]
    public async Task A_layer_that_sends_a_redirected_POST_again_gets_what_the_redirect_made_of_it()
    {
        var seen = new List<string>();
        await using var server = WebApplication.CreateSlimBuilder().Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.Run(context =>
        {
            seen.Add($"{context.Request.Method} {context.Request.Path} {context.Request.Headers.Authorization}");
            (context.Response.StatusCode, context.Response.Headers.Location) = HttpMethods.IsPost(context.Request.Method) ? (303, "/done") : (503, "");
            return Task.CompletedTask;
        });
        await server.StartAsync();
        using var sandbox = new Sandbox(configure: options => options.ApiUrl = server.Urls.First(), register: services => services
            .AddHttpClient("redirected").AddHttpMessageHandler(static () => new TwiceHandler(null)).AddSsojetM2M());
        using var request = new HttpRequestMessage(HttpMethod.Post, "orders") { Content = new StringContent("hello") };
        request.Headers.TransferEncodingChunked = true;
        using var response = await sandbox.CreateClient("redirected").SendAsync(request);
        Assert.Equal(["POST /orders Bearer token-1-abcdef", "GET /done ", "GET /done Bearer token-1-abcdef"], seen);
    }

    [Fact]
    public async Task What_cannot_be_sent_with_a_token_is_not_sent()
    {
        using var sandbox = new Sandbox(token: static _ => Sandbox.Answer(HttpStatusCode.BadRequest, """{"error":"invalid_scope"}"""));
        var error = await Assert.ThrowsAsync<SsojetException>(() => sandbox.Client.GetAsync("/orders")); // not below https://api.test/v1
        Assert.Equal(SsojetErrorKind.Configuration, error.Kind);
        await Assert.ThrowsAsync<SsojetException>(() => sandbox.Client.GetAsync("orders"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        Assert.Throws<NotSupportedException>(() => sandbox.Client.Send(request));
        Assert.Empty(sandbox.ApiTransport.Bodies);
    }

    private static HttpResponseMessage AcceptSecondToken(HttpRequestMessage request) =>
        new(request.Headers.Authorization?.Parameter == "token-2-abcdef" ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);

    private static HttpContent MakeBody(string name)
    {
        bool isOneWay = name.StartsWith("one-way", StringComparison.Ordinal);
        var bytes = new MemoryStream("hello"u8.ToArray());
        var stream = new StreamContent(isOneWay ? PipeReader.Create(bytes).AsStream() : bytes);
        if (name.EndsWith("length", StringComparison.Ordinal))
            stream.Headers.ContentLength = 5;
        return name switch
        {
            "text" => new StringContent("hello"),
            "json" => JsonContent.Create("hello"),
            "form" or "one-way form" => new MultipartFormDataContent { { new StringContent("x"), "text" }, { stream, "file" } },
            _ => stream,
        };
    }
}
