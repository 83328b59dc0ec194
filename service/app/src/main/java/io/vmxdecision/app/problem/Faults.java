package io.vmxdecision.app.problem;

/** What the log says of a fault of the service itself. */
public final class Faults {
  private static final int FRAMES = 12;

  private Faults() {}

  /**
   * Where it is: the classes and the first frames of the exception and its causes. Their messages may hold values of a
   * request, so they are left out.
   */
  public static String where(Throwable fault) {
    StringBuilder where = new StringBuilder();
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      where.append(where.isEmpty() ? "" : "; caused by ").append(cause.getClass().getName());
      StackTraceElement[] frames = cause.getStackTrace();
      for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
        where.append(" at ").append(frames[i]);
      }
    }
    return where.toString();
  }
}
