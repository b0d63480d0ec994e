package com.ssojet.m2m;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls the API once and prints its answer: {@code Main [path]}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    String path = arguments.length > 0 ? arguments[0] : "/orders";
    try {
      M2mHttpClient client = new M2mHttpClient(M2mConfig.fromEnvironment());
      HttpResponse<String> response =
          client.send(client.request(path).build(), BodyHandlers.ofString());
      System.out.println(response.statusCode() + " " + response.body());
      if (response.statusCode() >= 400) System.exit(1);
    } catch (M2mException | IOException failure) {
      System.err.println(failure);
      System.exit(1);
    }
  }
}
