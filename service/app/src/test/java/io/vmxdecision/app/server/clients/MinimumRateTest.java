package io.vmxdecision.app.server.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.unit.DataSize;

class MinimumRateTest {
  private static final ClientLimits LIMITS =
      new ClientLimits(Duration.ofSeconds(10), DataSize.ofBytes(1000));

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 10); // the clock may wrap

  @Test
  void aClientHasTheTimeThatItsBytesTakeAtTheRateAndSomePatience() {
    MinimumRate pace = new MinimumRate(LIMITS, nanos::get);
    assertThat(pace.millisLeft()).isEqualTo(10_000);
    pass(4);
    assertThat(pace.millisLeft()).isEqualTo(6_000);
    pace.moved(2_500);
    assertThat(pace.millisLeft()).isEqualTo(8_500);
    pass(8);
    pace.moved(1);
    assertThat(pace.millisLeft()).isEqualTo(501);
    pass(1);
    assertThat(pace.millisLeft()).isNegative();
  }

  @Test
  void bytesThatCameFastBuyNoMoreTimeThanThePatience() {
    MinimumRate pace = new MinimumRate(LIMITS, nanos::get);
    pace.moved(8L << 20);
    assertThat(pace.millisLeft()).isEqualTo(10_000);
    pass(9);
    pace.moved(1_000);
    assertThat(pace.millisLeft()).isEqualTo(2_000);
    pace.moved(1L << 40);
    assertThat(pace.millisLeft()).isEqualTo(10_000);
    pass(10);
    assertThat(pace.millisLeft()).isZero();
  }

  @Test
  void whatAStreamSendsCountsWhenItIsAnswered() {
    StreamPace pace = new StreamPace(LIMITS, nanos::get);
    pass(10);
    pace.sent(1L << 30);
    assertThat(pace.lack()).as("lines that are empty are not answered").isEqualTo(10_000);
    assertThat(pace.movedSoFar()).isZero();
    pace.answered(100);
    assertThat(pace.lack()).as("a small answer does not stand for all").isEqualTo(10_000 - 6_500);
    assertThat(pace.movedSoFar()).isEqualTo(6_500);
  }

  @Test
  void aStreamIsSlowWhenItMovesLessThanTheRateForAsLongAsThePatienceLasts() {
    StreamPace pace = new StreamPace(LIMITS, nanos::get);
    assertThat(pace.lack()).isZero();
    pass(9);
    assertThat(pace.lack()).as("it has just begun").isZero();
    pass(1);
    assertThat(pace.lack()).isEqualTo(10_000);
    pace.answered(9_000);
    assertThat(pace.lack()).isEqualTo(1_000);
    pace.answered(1_000);
    assertThat(pace.lack()).isZero();
    pass(15);
    assertThat(pace.lack()).as("the while before this one counts").isZero();
    pass(10);
    assertThat(pace.lack()).isEqualTo(10_000);
  }

  @ParameterizedTest
  @CsvSource({"PT0S, 1, patience", "PT48H, 1, patience", "PT1S, 0, bytes-per-second"})
  void anImpossibleLimitIsNotTaken(Duration patience, long rate, String message) {
    assertThatThrownBy(() -> new ClientLimits(patience, DataSize.ofBytes(rate)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private void pass(int seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
