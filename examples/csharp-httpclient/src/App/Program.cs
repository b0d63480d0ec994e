// Calls the API and prints its answer: dotnet run --project src/App [orders]
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SsojetM2M;

var services = new ServiceCollection();
services.AddHttpClient("orders").AddSsojetM2M(); // from the environment
await using ServiceProvider provider = services.BuildServiceProvider();

string path = args.Length > 0 ? args[0] : "orders";
try
{
    HttpClient api = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
    using HttpResponseMessage response = await api.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute));
    Console.WriteLine($"{(int)response.StatusCode} {response.ReasonPhrase}");
    Console.WriteLine(await response.Content.ReadAsStringAsync());
    return response.IsSuccessStatusCode ? 0 : 1;
}
catch (Exception error) when (error is OptionsValidationException or SsojetException or HttpRequestException or TaskCanceledException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
