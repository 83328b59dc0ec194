package io.vmxdecision.app.decisionlog;

import ch.qos.logback.core.Context;
import ch.qos.logback.core.recovery.RecoveryListener;
import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.TriggeringPolicyBase;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of lines. One that would become too large is renamed to {@code file.1}, that one to {@code file.2},
 * and so on; the oldest is deleted. Logback closes and opens the file anew when writing fails, again and
 * again at longer and longer intervals, and says nothing of the lines that come meanwhile; this tells of
 * each.
 */
final class RotatingFile extends RollingFileAppender<byte[]> implements RecoveryListener {
  private final Runnable lost;

  /** Whether the stream failed and has not recovered yet. */
  private boolean failing;

  /** Whether the file may end within a line. */
  private boolean torn;

  /** Whether the line that was last taken is in the file. */
  private boolean written;

  private RotatingFile(Runnable lost) {
    this.lost = lost;
  }

  /**
   * Opens the file, and makes its folders.
   *
   * @param lost called for each line that could not be written
   */
  static RotatingFile open(DecisionLogProperties properties, String file, Context context, Runnable lost) {
    RotatingFile appender = new RotatingFile(lost);
    appender.setName("decision-log-file");
    appender.setContext(context);
    appender.setFile(file);
    appender.setEncoder(LineEncoder.started(context));

    FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(file + ".%i");
    window.setMinIndex(1);
    window.setMaxIndex(properties.maxFiles() - 1);
    window.start();

    FullFile full = new FullFile(properties.maxFileSize().toBytes());
    full.setContext(context);
    full.start();

    appender.setRollingPolicy(window);
    appender.setTriggeringPolicy(full);
    appender.start();
    return appender;
  }

  @Override
  public void openFile(String name) throws IOException {
    super.openFile(name);
    failing = false;
    torn = endsWithinALine(Path.of(name)); // of a process that was killed
    ((ResilientOutputStreamBase) getOutputStream()).addRecoveryListener(this);
  }

  @Override
  public void newFailure(IOException e) {
    failing = true;
    torn = true;
  }

  @Override
  public void recoveryOccured() {
    failing = false;
  }

  @Override
  protected void subAppend(byte[] line) {
    written = false;
    try {
      super.subAppend(line);
    } finally {
      if (!written) {
        lost.run();
      }
    }
  }

  @Override
  protected void writeOut(byte[] line) throws IOException {
    if (getOutputStream() == null) { // after a roll-over that could not open it
      openFile(getFile());
    }
    boolean wasFailing = failing;
    super.writeOut(torn && !failing ? onALineOfItsOwn(line) : line);
    written = !wasFailing && !failing;
    torn &= !written;
  }

  private static byte[] onALineOfItsOwn(byte[] line) {
    byte[] after = new byte[line.length + 1];
    after[0] = '\n';
    System.arraycopy(line, 0, after, 1, line.length);
    return after;
  }

  private static boolean endsWithinALine(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (RandomAccessFile end = new RandomAccessFile(file.toFile(), "r")) {
      if (end.length() == 0) {
        return false;
      }
      end.seek(end.length() - 1);
      return end.read() != '\n';
    }
  }

  /** Says when a line would make the file too large. */
  private static final class FullFile extends TriggeringPolicyBase<byte[]> {
    private final long mostBytes;

    FullFile(long mostBytes) {
      this.mostBytes = mostBytes;
    }

    @Override
    public boolean isTriggeringEvent(File file, byte[] line) {
      long size = file.length();
      return size != 0 && size + line.length > mostBytes;
    }
  }
}
