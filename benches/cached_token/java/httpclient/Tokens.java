import com.ssojet.m2m.M2mConfig;
import com.ssojet.m2m.M2mHttpClient;
import com.ssojet.m2m.TokenSource;

final class Tokens {
  static TokenSource fromEnvironment() {
    return new M2mHttpClient(M2mConfig.fromEnvironment()).tokens();
  }
}
