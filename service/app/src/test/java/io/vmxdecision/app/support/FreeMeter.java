package io.vmxdecision.app.support;

import io.vmxdecision.app.server.overload.BodyMeter;

/** Gives whatever is asked for. */
public class FreeMeter implements BodyMeter {

  @Override
  public void read(long heapBytes) {}

  @Override
  public void release(long heapBytes) {}

  @Override
  public boolean tryDisk(long bytes) {
    return true;
  }

  @Override
  public void releaseDisk(long bytes) {}
}
