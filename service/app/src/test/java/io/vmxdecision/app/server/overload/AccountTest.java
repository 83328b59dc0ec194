package io.vmxdecision.app.server.overload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AccountTest {
  private static final long MOST = 800;
  private static final long KEPT = 100;

  private final Account account = new Account(MOST);

  @Test
  void whoWaitsForItsClientLeavesAnEighthToOthers() {
    assertThat(account.tryTake(1)).isTrue();
    assertThat(account.tryTakeToWait(MOST - KEPT, 0)).isFalse();
    assertThat(account.held()).as("nothing was taken").isEqualTo(1);
    assertThat(account.tryTakeToWait(MOST - KEPT - 1, 0)).isTrue();
    assertThat(account.tryTakeToWait(1, MOST - KEPT - 1)).isFalse();
    assertThat(account.tryTake(KEPT)).isTrue();
    assertThat(account.tryTake(1)).isFalse();
  }

  @Test
  void whoIsAloneMayWaitWithAllOfIt() {
    assertThat(account.tryTakeToWait(1, 0)).isTrue();
    assertThat(account.tryTakeToWait(MOST - 1, 1)).isTrue();
    assertThat(account.tryTakeToWait(1, MOST)).isFalse();
  }
}
