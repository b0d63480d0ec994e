package com.ssojet.m2m;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads of our own: in a pool that others share, their tasks could keep ours waiting. */
final class Background {
  /**
   * For what callers do next with a token they have waited for: many may have waited for one. Some
   * of that may block, so there are more threads than processors, and others stand in for those
   * that wait for another token. Idle ones end.
   */
  static final ForkJoinPool CALLERS =
      new ForkJoinPool(
          64,
          Background::newCallersThread,
          null,
          true, // first come, first served
          0,
          Short.MAX_VALUE, // no limit to those that stand in: with one, they could all wait
          64,
          null,
          10,
          TimeUnit.SECONDS);

  private Background() {}

  private static ForkJoinWorkerThread newCallersThread(ForkJoinPool pool) {
    ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
    thread.setName("ssojet-m2m-caller");
    thread.setContextClassLoader(Background.class.getClassLoader());
    return thread;
  }

  /** Starts a daemon thread that takes over nothing of the thread that happens to call this. */
  static void start(String name, Runnable task) {
    Thread thread = new Thread(null, task, name, 0, false); // false: no InheritableThreadLocals
    thread.setDaemon(true);
    thread.setPriority(Thread.NORM_PRIORITY);
    thread.setContextClassLoader(Background.class.getClassLoader());
    thread.start();
  }

  /**
   * The result of a task that may hang, run on a thread of its own. At the limit that thread is
   * interrupted and left behind.
   *
   * @param what the task waits for, as the error calls it
   */
  static <T> T callWithin(long nanos, String what, Callable<T> task) throws InterruptedException {
    FutureTask<T> result = new FutureTask<>(task);
    start("ssojet-m2m-call", result);
    try {
      return result.get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException failure) {
      throw M2mException.noAnswer(what, failure.getCause());
    } catch (TimeoutException late) {
      double seconds = TimeUnit.NANOSECONDS.toMillis(nanos) / 1000.0;
      throw M2mException.transport(what + " did not answer in time: " + seconds + " s", true);
    } finally {
      result.cancel(true);
    }
  }
}
