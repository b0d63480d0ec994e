package com.ssojet.m2m;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads of our own: in a pool that others share, their tasks could keep ours waiting. */
final class Background {
  private Background() {}

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
