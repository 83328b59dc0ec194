package io.vmxdecision.app.server.overload;

import io.vmxdecision.app.problem.RejectedRequestException;

/** What one client makes the service hold, drawn from one account for all clients. */
public interface BodyMeter {
  /** The attribute of a request that has its meter. */
  String ATTRIBUTE = "io.vmxdecision.app.server.overload.BodyMeter";

  /**
   * Takes bytes of heap.
   *
   * @throws RejectedRequestException (503) when there are none left, (413) when there are not so many at all; then
   *     nothing was taken
   */
  void read(long heapBytes);

  /** Gives back bytes of heap that {@link #read} took. */
  void release(long heapBytes);

  /**
   * Takes bytes of disk for what a client has not read.
   *
   * @return false if there are none left; then nothing was taken
   */
  boolean tryDisk(long bytes);

  /** Gives bytes of disk back. */
  void releaseDisk(long bytes);
}
