package io.vmxdecision.app.support;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What a class logs, whatever other tests have made of the log's settings. */
public final class LogLines implements AutoCloseable {
  private final Logger logger;
  private final Level level;
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  /** Warnings of {@code of} from now on. */
  public LogLines(Class<?> of) {
    logger = (Logger) LoggerFactory.getLogger(of);
    level = logger.getLevel();
    logger.setLevel(Level.WARN);
    appender.start();
    logger.addAppender(appender);
  }

  /** The lines that have {@code text} in them. */
  public List<String> with(String text) {
    return appender.list.stream().map(ILoggingEvent::getFormattedMessage).filter(line -> line.contains(text))
        .toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setLevel(level);
  }
}
