// The cost of the held token beside a bare lock and clock compare.
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using SsojetM2M;

const int Rounds = 300;
const int Calls = 20_000;

var services = new ServiceCollection();
services.AddHttpClient("orders").AddSsojetM2M();
await using ServiceProvider provider = services.BuildServiceProvider();
ITokenProvider tokens = provider.GetRequiredService<ITokenProvider>();
var held = new BareHolder(await tokens.GetTokenAsync());

double ours = double.MaxValue;
double bare = double.MaxValue;
for (int round = 0; round < Rounds; round++)
{
    ours = Math.Min(ours, await OursNs());
    bare = Math.Min(bare, BareNs());
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"ours_ns\": {ours}, \"bare_ns\": {bare}}}"));

async Task<double> OursNs()
{
    long began = Stopwatch.GetTimestamp();
    for (int call = 0; call < Calls; call++)
        await tokens.GetTokenAsync();
    return Stopwatch.GetElapsedTime(began).TotalNanoseconds / Calls;
}

double BareNs()
{
    long began = Stopwatch.GetTimestamp();
    for (int call = 0; call < Calls; call++)
        held.Get();
    return Stopwatch.GetElapsedTime(began).TotalNanoseconds / Calls;
}

internal sealed class BareHolder(string token)
{
    private readonly Lock _gate = new();
    private readonly long _expiresAt = Stopwatch.GetTimestamp() + (3600 * Stopwatch.Frequency);

    public string? Get()
    {
        lock (_gate)
            return Stopwatch.GetTimestamp() < _expiresAt ? token : null;
    }
}
