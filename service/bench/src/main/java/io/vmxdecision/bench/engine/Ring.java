package io.vmxdecision.bench.engine;

import java.util.List;

/** At least {@value #LEAST} different inputs in turn, so that branch prediction does not flatter. */
final class Ring {
  static final int LEAST = 256;

  private final Input[] inputs;
  private int next;

  Ring(List<Input> inputs) {
    if (inputs.size() < LEAST) {
      throw new IllegalArgumentException("only " + inputs.size() + " inputs");
    }
    this.inputs = inputs.toArray(Input[]::new);
  }

  Input next() {
    Input input = inputs[next];
    next = next + 1 == inputs.length ? 0 : next + 1;
    return input;
  }
}
