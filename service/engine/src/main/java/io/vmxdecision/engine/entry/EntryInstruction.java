package io.vmxdecision.engine.entry;

/** The instruction that enters. */
public enum EntryInstruction {
  VMLAUNCH,
  VMRESUME
}
