package io.vmxdecision.engine.entry;

/** The sections of SDM vol. 3, chapter 27 "VM Entries", that state checks, in its order. */
public enum SdmSection {
  BASIC("27.1", "Basic VM-Entry Checks", EntryFailure.INVALID),
  EXECUTION_CONTROLS("27.2.1.1", "VM-Execution Control Fields", EntryFailure.CONTROLS),
  EXIT_CONTROLS("27.2.1.2", "VM-Exit Control Fields", EntryFailure.CONTROLS),
  ENTRY_CONTROLS("27.2.1.3", "VM-Entry Control Fields", EntryFailure.CONTROLS),
  HOST_REGISTERS("27.2.2", "Checks on Host Control Registers, MSRs, and SSP", EntryFailure.HOST_STATE),
  HOST_SEGMENTS(
      "27.2.3", "Checks on Host Segment and Descriptor-Table Registers", EntryFailure.HOST_STATE),
  ADDRESS_SPACE("27.2.4", "Checks Related to Address-Space Size", EntryFailure.HOST_STATE),
  GUEST_REGISTERS(
      "27.3.1.1", "Checks on Guest Control Registers, Debug Registers, and MSRs",
      EntryFailure.GUEST_STATE),
  GUEST_SEGMENTS("27.3.1.2", "Checks on Guest Segment Registers", EntryFailure.GUEST_STATE),
  GUEST_DESCRIPTOR_TABLES(
      "27.3.1.3", "Checks on Guest Descriptor-Table Registers", EntryFailure.GUEST_STATE),
  GUEST_RIP("27.3.1.4", "Checks on Guest RIP, RFLAGS, and SSP", EntryFailure.GUEST_STATE),
  GUEST_NON_REGISTER("27.3.1.5", "Checks on Guest Non-Register State", EntryFailure.GUEST_STATE),
  GUEST_PDPTES(
      "27.3.1.6", "Checks on Guest Page-Directory-Pointer-Table Entries", EntryFailure.GUEST_STATE),
  MSR_LOADING("27.4", "Loading MSRs", EntryFailure.MSR_LOADING);

  private final String number;
  private final String title;
  private final EntryFailure failure;

  SdmSection(String number, String title, EntryFailure failure) {
    this.number = number;
    this.title = title;
    this.failure = failure;
  }

  /** The number, such as {@code 27.2.1.1}. */
  public String number() {
    return number;
  }

  /** The title. */
  public String title() {
    return title;
  }

  /** What follows when a check of the section does not hold, unless the check says otherwise. */
  EntryFailure failure() {
    return failure;
  }

  /** As in a list of references. */
  String reference() {
    return "SDM vol. 3, " + number + " \"" + title + "\"";
  }
}
