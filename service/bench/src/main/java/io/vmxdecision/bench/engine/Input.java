package io.vmxdecision.bench.engine;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.machine.Snapshot;
import io.vmxdecision.engine.machine.VmExit;
import io.vmxdecision.engine.recorded.RecordedCase;

/** A copy of a recorded case, to decide on. No two inputs share a page. */
final class Input {
  private final Snapshot snapshot = new Snapshot();
  private final VmExit exit = new VmExit();
  private final byte[] evmcsPage;

  Input(RecordedCase recorded) {
    recorded.fill(snapshot, exit);
    if (snapshot.evmcs().isGiven()) {
      evmcsPage = snapshot.evmcs().copy();
      snapshot.evmcs().wrap(evmcsPage, 0);
    } else {
      evmcsPage = new byte[PageView.PAGE_BYTES];
    }
  }

  Snapshot snapshot() {
    return snapshot;
  }

  VmExit exit() {
    return exit;
  }

  /** The page behind {@code snapshot().evmcs()}, or zeros when there is none. */
  byte[] evmcsPage() {
    return evmcsPage;
  }
}
