package io.vmxdecision.artefacts.page;

import io.vmxdecision.artefacts.report.Artefact.GivenPage;
import io.vmxdecision.artefacts.report.Artefact.PageKind;
import io.vmxdecision.engine.bytes.LittleEndian;
import io.vmxdecision.engine.bytes.PageView;
import io.vmxdecision.engine.check.UnmappedBytes;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import org.jspecify.annotations.Nullable;

/** Tells what a page of 4,096 bytes is, and by what. */
public final class PageRecogniser {
  private static final int VP_ASSIST_BYTES = 624;
  private static final int ENOUGH = 5;
  private static final long CR0_PE = 1;
  private static final long CR0_NE = 1 << 5;
  private static final long CR4_VMXE = 1 << 13;
  private static final int LOCKS = 4096;

  private PageRecogniser() {}

  /** What the page is, if its bytes alone show it; a page of zeros or of another kind gives null. */
  public static @Nullable GivenPage inMemory(byte[] page, int offset) {
    int first = LittleEndian.u32(page, offset);
    if (first == EnlightenedVmcs.REVISION_EVMCS_1 || first == EnlightenedVmcs.REVISION_VMCS12) {
      GivenPage control = control(page, offset, first);
      if (control != null) {
        return control;
      }
    }
    return vpAssist(page, offset);
  }

  /** What a page that was given alone is. */
  public static GivenPage alone(byte[] page) {
    GivenPage found = inMemory(page, 0);
    if (found != null) {
      return found;
    }
    if (isZero(page, 0, PageView.PAGE_BYTES)) {
      return new GivenPage(PageKind.PARTITION_ASSIST_PAGE, page.clone(),
          "all bytes are 0, as in a partition assist page whose TLB lock count is 0; any page that was never"
              + " written looks so, too");
    }
    int locks = LittleEndian.u32(page, 0);
    if (locks > 0 && locks <= LOCKS && isZero(page, Integer.BYTES, PageView.PAGE_BYTES)) {
      return new GivenPage(PageKind.PARTITION_ASSIST_PAGE, page.clone(),
          "a small count (TlbLockCount " + locks + ") and nothing but zeros after it");
    }
    int revision = LittleEndian.u32(page, 0);
    if (revision == EnlightenedVmcs.REVISION_EVMCS_1) {
      return new GivenPage(PageKind.EVMCS, page.clone(), "revision 1 in its first word, but its fields do not"
          + " look like those of a VMCS");
    }
    return new GivenPage(PageKind.UNKNOWN, page.clone(), "it has no mark of a page that is known here");
  }

  /** A page of one of the two layouts that begin with a revision. */
  private static @Nullable GivenPage control(byte[] page, int offset, int revision) {
    EnlightenedVmcs evmcs = new EnlightenedVmcs();
    evmcs.wrap(page, offset);
    int asEvmcs = 0;
    asEvmcs += plausible(evmcs.value(EvmcsField.HOST_CR0), CR0_PE | CR0_NE);
    asEvmcs += plausible(evmcs.value(EvmcsField.HOST_CR4), CR4_VMXE);
    asEvmcs += plausible(evmcs.value(EvmcsField.GUEST_CR0), CR0_NE);
    asEvmcs += plausible(evmcs.value(EvmcsField.GUEST_CR4), CR4_VMXE);
    asEvmcs += score(evmcs.value(EvmcsField.VMCS_LINK_POINTER) == -1L);
    asEvmcs += score(evmcs.value(EvmcsField.HOST_RIP) != 0);
    asEvmcs += score((evmcs.value(EvmcsField.GUEST_RFLAGS) & 0x2) != 0);
    asEvmcs += score((evmcs.value(EvmcsField.PIN_BASED_VM_EXEC_CONTROL) & 0x16) == 0x16);
    asEvmcs += score((evmcs.value(EvmcsField.VM_EXIT_CONTROLS) & 0x36dfb & 0xff00) != 0);
    boolean clean = UnmappedBytes.nonZero(evmcs).size() < 4;
    if (asEvmcs >= ENOUGH && clean) {
      return new GivenPage(PageKind.EVMCS, copy(page, offset),
          "revision " + (revision == 1 ? "1" : "0x11e57ed0") + " in its first word, and " + asEvmcs
              + " of 9 fields hold what those of a VMCS hold (CR0.NE, CR4.VMXE, the link pointer, ...)");
    }
    if (revision != Vmcs12.REVISION) {
      return null;
    }
    int asVmcs12 = 0;
    asVmcs12 += score(LittleEndian.u32(page, offset + Vmcs12.LAUNCH_STATE) >>> 1 == 0);
    var fields = Vmcs12.fields(page, offset);
    for (var field : fields.entrySet()) {
      asVmcs12 += switch (field.getKey()) {
        case GUEST_CR0 -> plausible(field.getValue(), CR0_NE);
        case HOST_CR0 -> plausible(field.getValue(), CR0_PE | CR0_NE);
        case GUEST_CR4, HOST_CR4 -> plausible(field.getValue(), CR4_VMXE);
        case VMCS_LINK_POINTER -> score(field.getValue() == -1L);
        case GUEST_RFLAGS -> score((field.getValue() & 2) != 0);
        case PIN_BASED_VM_EXEC_CONTROL -> score((field.getValue() & 0x16) == 0x16);
        default -> 0;
      };
    }
    return asVmcs12 >= ENOUGH
        ? new GivenPage(PageKind.VMCS12, copy(page, offset),
            "revision 0x11e57ed0 of KVM's vmcs12 in its first word, and its fields stand where KVM has them")
        : null;
  }

  private static @Nullable GivenPage vpAssist(byte[] page, int offset) {
    int enlighten = page[offset + VpAssistPage.ENLIGHTEN_VMENTRY_OFFSET];
    long vmcs = LittleEndian.u64(page, offset + VpAssistPage.CURRENT_NESTED_VMCS_OFFSET);
    int features = LittleEndian.u32(page, offset + VpAssistPage.FEATURES_OFFSET);
    boolean plausible = enlighten == 1
        && vmcs > 0
        && (vmcs & 0xfff) == 0
        && vmcs >>> 52 == 0
        && (features & ~0x3) == 0
        && LittleEndian.u32(page, offset) >>> 1 == 0
        && isZero(page, offset + 0x29, offset + 0x30)
        && LittleEndian.u32(page, offset + 4) == 0
        && isZero(page, offset + VP_ASSIST_BYTES, offset + PageView.PAGE_BYTES);
    return plausible
        ? new GivenPage(PageKind.VP_ASSIST_PAGE, copy(page, offset),
            "enlighten_vmentry is 1, current_nested_vmcs is the address of a page, and all that the TLFS reserves"
                + " is 0")
        : null;
  }

  private static byte[] copy(byte[] page, int offset) {
    byte[] copy = new byte[PageView.PAGE_BYTES];
    System.arraycopy(page, offset, copy, 0, copy.length);
    return copy;
  }

  private static boolean isZero(byte[] page, int from, int to) {
    for (int i = from; i < to; i++) {
      if (page[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The register has these bits, and no high ones. */
  private static int plausible(long register, long bits) {
    return score((register & bits) == bits && register >>> 32 == 0);
  }

  private static int score(boolean holds) {
    return holds ? 1 : 0;
  }
}
