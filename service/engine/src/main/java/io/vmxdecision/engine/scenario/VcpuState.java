package io.vmxdecision.engine.scenario;

import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.machine.Level;
import io.vmxdecision.engine.scenario.ScenarioStep.MsrBitmapUse;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What L0 keeps for a vCPU (rule T1), but for the queues. The fields are the fold's to change. */
final class VcpuState {
  /** The eVMCS pointer: none. KVM {@code EVMPTR_INVALID}. */
  static final long NONE = -1L;

  /** The eVMCS pointer: not mapped yet after a restore. KVM {@code EVMPTR_MAP_PENDING}. */
  static final long PENDING = -2L;

  /** No partition assist page. KVM {@code INVALID_GPA}. */
  static final long INVALID_GPA = -1L;

  Level level = Level.L1;

  /** What L1 last wrote to the assist MSR, and whether that page is L0's to look at. */
  long vpAssistMsr;

  /** The VP assist page, where it lies in memory; unwrapped if there is none. */
  final VpAssistPage vpAssistPage = new VpAssistPage();

  // The copy of the VP assist page.
  int enlightenVmentry;
  long currentNestedVmcs;
  boolean directHypercall;

  long pointer = NONE;

  /** The page that L0 has a reference to, where it lies in memory; unwrapped if there is none. */
  final EnlightenedVmcs referenced = new EnlightenedVmcs();

  /** vmcs12 in the layout of an eVMCS, and in it the kept ids. */
  final EnlightenedVmcs vmcs12 = new EnlightenedVmcs();

  private final byte[] vmcs12Bytes = new byte[PageView.PAGE_BYTES];
  boolean hasRevision;
  boolean writeBackPending;

  boolean flushRequest;
  boolean fullFlushRequest;
  long lastVpid;

  final byte[] mergedBitmap = new byte[PageView.PAGE_BYTES];
  long mergedFrom;
  boolean mustMerge;

  /** What L0 did about the MSR bitmap when it last looked at it, or null if it never has. */
  @Nullable MsrBitmapUse bitmapUse;

  boolean nestedStateRequest;
  boolean runPending;

  // Of L2 as it is, while it is not in vmcs12.
  long rsp;
  long rip;
  long rflags;
  long interruptibility;

  // Of the last exit from L2.
  int instructionLength;
  int instructionInfo;
  long guestLinearAddress;
  int eventInfo;
  int eventErrorCode;

  /** The last save, or null. */
  @Nullable Saved saved;

  /**
   * A saved nested state, and what the VMM saves besides.
   *
   * @param vmcs12 null if it is not in it
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Saved(
      int flags, byte @Nullable [] vmcs12, boolean hasRevision, long interruptibility,
      int eventInfo, int eventErrorCode) {}

  VcpuState() {
    vmcs12.wrap(vmcs12Bytes, 0);
  }

  /** As a vCPU that has just been created: T1 all initial. The save is the VMM's and stays. */
  void recreate() {
    level = Level.L1;
    vpAssistMsr = 0;
    vpAssistPage.unwrap();
    enlightenVmentry = 0;
    currentNestedVmcs = 0;
    directHypercall = false;
    pointer = NONE;
    referenced.unwrap();
    Arrays.fill(vmcs12Bytes, (byte) 0);
    hasRevision = false;
    writeBackPending = false;
    flushRequest = false;
    fullFlushRequest = false;
    nestedStateRequest = false;
    runPending = false;
    rsp = 0;
    rip = 0;
    rflags = 0;
    interruptibility = 0;
    forgetLastExit();
    forgetBitmap();
    lastVpid = 0;
  }

  void forgetLastExit() {
    instructionLength = 0;
    instructionInfo = 0;
    guestLinearAddress = 0;
    forgetEvent();
  }

  void forgetEvent() {
    eventInfo = 0;
    eventErrorCode = 0;
  }

  void forgetBitmap() {
    bitmapUse = null;
    mustMerge = false;
  }

  boolean isMapped() {
    return pointer != NONE && pointer != PENDING;
  }

  long vmId() {
    return vmcs12.vmId();
  }

  int vpId() {
    return vmcs12.vpId();
  }

  long partitionAssistPage() {
    return vmcs12.value(EvmcsField.PARTITION_ASSIST_PAGE);
  }

  /** Makes {@code view} look at vmcs12. */
  void wrapVmcs12(EnlightenedVmcs view) {
    view.wrap(vmcs12Bytes, 0);
  }

  /** Everything of vmcs12 is 0; the ids stay. */
  void zeroVmcs12() {
    takeVmcs12(new byte[0]);
  }

  /** vmcs12 is what was saved; the ids stay. */
  void takeVmcs12(byte[] saved) {
    long vmId = vmId();
    int vpId = vpId();
    long partitionAssistPage = partitionAssistPage();
    Arrays.fill(vmcs12Bytes, (byte) 0);
    System.arraycopy(saved, 0, vmcs12Bytes, 0, saved.length);
    keep(vmId, vpId, partitionAssistPage);
  }

  void keep(long vmId, int vpId, long partitionAssistPage) {
    vmcs12.value(EvmcsField.HV_VM_ID, vmId);
    vmcs12.value(EvmcsField.HV_VP_ID, vpId);
    vmcs12.value(EvmcsField.PARTITION_ASSIST_PAGE, partitionAssistPage);
  }

  /** RSP, RIP, RFLAGS and interruptibility of L2 are those of vmcs12. */
  void takeGuestState() {
    rsp = vmcs12.value(EvmcsField.GUEST_RSP);
    rip = vmcs12.value(EvmcsField.GUEST_RIP);
    rflags = vmcs12.value(EvmcsField.GUEST_RFLAGS);
    interruptibility = vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO);
  }

  /** Captures L2's state in vmcs12, as rule S does, without exit information. */
  void captureGuestState() {
    vmcs12.value(EvmcsField.GUEST_RSP, rsp);
    vmcs12.value(EvmcsField.GUEST_RIP, rip);
    vmcs12.value(EvmcsField.GUEST_RFLAGS, rflags);
    vmcs12.value(EvmcsField.GUEST_INTERRUPTIBILITY_INFO, interruptibility);
    vmcs12.value(EvmcsField.GUEST_LINEAR_ADDRESS, guestLinearAddress);
    vmcs12.value(EvmcsField.GUEST_ACTIVITY_STATE, 0);
  }
}
