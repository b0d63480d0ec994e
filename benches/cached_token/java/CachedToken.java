import com.ssojet.m2m.TokenSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The cost of the held token beside a bare lock and clock compare. */
public final class CachedToken {
  private static final int ROUNDS = 300;
  private static final int CALLS = 20_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final long expiresAt = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
  private final TokenSource tokens = Tokens.fromEnvironment();
  private final String token = tokens.token();
  private int length; // of all tokens: what is looked at is not optimised away

  private CachedToken() throws InterruptedException {}

  private String bare() {
    lock.lock();
    try {
      return System.nanoTime() - expiresAt < 0 ? token : null;
    } finally {
      lock.unlock();
    }
  }

  private double oursNs() throws InterruptedException {
    long began = System.nanoTime();
    for (int call = 0; call < CALLS; call++) length += tokens.token().length();
    return (double) (System.nanoTime() - began) / CALLS;
  }

  private double bareNs() {
    long began = System.nanoTime();
    for (int call = 0; call < CALLS; call++) length += bare().length();
    return (double) (System.nanoTime() - began) / CALLS;
  }

  public static void main(String[] arguments) throws InterruptedException {
    CachedToken bench = new CachedToken();
    double ours = Double.MAX_VALUE;
    double bare = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      ours = Math.min(ours, bench.oursNs());
      bare = Math.min(bare, bench.bareNs());
    }
    if (bench.length == 0) throw new IllegalStateException("no token");
    System.out.println("{\"ours_ns\": " + ours + ", \"bare_ns\": " + bare + "}");
    System.exit(0);
  }
}
