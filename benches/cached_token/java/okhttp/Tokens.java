import com.ssojet.m2m.M2mConfig;
import com.ssojet.m2m.M2mInterceptor;
import com.ssojet.m2m.TokenSource;

final class Tokens {
  static TokenSource fromEnvironment() {
    return new M2mInterceptor(M2mConfig.fromEnvironment()).tokens();
  }
}
