package com.ssojet.m2m;

import java.io.IOException;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/** Calls the API once and prints its answer: {@code Main [path]}. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    String path = arguments.length > 0 ? arguments[0] : "/orders";
    try {
      M2mInterceptor interceptor = new M2mInterceptor(M2mConfig.fromEnvironment());
      OkHttpClient client = interceptor.newClient().build();
      try (Response response = client.newCall(interceptor.request(path).build()).execute()) {
        System.out.println(response.code() + " " + response.body().string());
        if (!response.isSuccessful()) System.exit(1);
      }
    } catch (M2mException | IOException failure) {
      System.err.println(failure);
      System.exit(1);
    }
  }
}
