package io.vmxdecision.engine.check;

import io.vmxdecision.engine.bytes.GuestPage;
import io.vmxdecision.engine.check.EvmcsDifference.FieldChange;
import io.vmxdecision.engine.hyperv.VpAssistPage;
import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.Control;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at an eVMCS page as {@code VMLAUNCH} does, which loads every field, and finds what L0 would
 * refuse and what is suspicious. Of L0's checks it makes those that are about the eVMCS; what every
 * VM-entry has to meet (host and guest state, the controls that IA32_VMX_* demand) it does not look at.
 *
 * <p>Allocates its findings, unlike a decision; safe for use by any thread as far as the pages are.
 */
public final class PageChecks {
  private static final int RESERVED_ENLIGHTENMENTS = ~0b11;

  private static final Comparator<Finding> BY_CHECK_AND_PLACE =
      Comparator.comparing(Finding::check)
          .thenComparingInt(Finding::offset)
          .thenComparingInt(Finding::bit);

  private final Profile profile;
  private final EnlightenedVmcs page;
  private final List<Finding> findings = new ArrayList<>();

  private PageChecks(Profile profile, EnlightenedVmcs page) {
    this.profile = profile;
    this.page = page;
  }

  /**
   * Checks a page.
   *
   * @param profile the L0 that would take it
   * @param page the eVMCS, which has to be given
   * @param assist the VP assist page; without it, the switch in it is not looked at
   * @param previous the page as L0 last loaded it; without it, clean fields are not looked at
   * @return the findings by check, offset and bit
   * @throws IndexOutOfBoundsException when {@code page} is not given
   */
  public static List<Finding> of(
      Profile profile, EnlightenedVmcs page, VpAssistPage assist, EnlightenedVmcs previous) {
    PageChecks checks = new PageChecks(profile, page);
    checks.checkRevision();
    checks.checkControls();
    checks.checkActivation();
    checks.checkFlush(assist);
    checks.checkEnlightenments();
    if (previous.isGiven()) {
      checks.checkCleanFields(previous);
    }
    checks.findings.sort(BY_CHECK_AND_PLACE);
    return List.copyOf(checks.findings);
  }

  private void checkRevision() {
    if (!page.hasKnownRevision()) {
      add(EvmcsCheck.REVISION, EvmcsField.REVISION_ID);
    }
  }

  private void checkControls() {
    for (ControlWord word : ControlWord.values()) {
      int unsupported = profile.evmcs().unsupported(word.field(), page.value(word.field()));
      addBits(word.check(), word.field(), unsupported);
    }
  }

  private void checkActivation() {
    if (!page.isSet(Control.ACTIVATE_SECONDARY_CONTROLS)) {
      addBits(EvmcsCheck.INACTIVE_SECONDARY_CONTROL, EvmcsField.SECONDARY_VM_EXEC_CONTROL, -1);
    }
  }

  private void checkFlush(VpAssistPage assist) {
    boolean enabled = page.nestedFlushHypercall();
    if (assist.isGiven() && enabled != assist.directHypercall()) {
      if (enabled) {
        long features = Integer.toUnsignedLong(assist.features());
        findings.add(
            new Finding(
                EvmcsCheck.FLUSH_WITHOUT_DIRECT_HYPERCALL,
                VpAssistPage.FEATURES_NAME,
                VpAssistPage.FEATURES_OFFSET,
                Integer.numberOfTrailingZeros(VpAssistPage.DIRECT_HYPERCALL),
                features,
                null));
      } else {
        add(
            EvmcsCheck.DIRECT_HYPERCALL_WITHOUT_FLUSH,
            EvmcsField.HV_ENLIGHTENMENTS_CONTROL,
            Integer.numberOfTrailingZeros(EnlightenedVmcs.NESTED_FLUSH_HYPERCALL),
            null);
      }
    }
    if (enabled) {
      addIfZero(EvmcsCheck.FLUSH_WITHOUT_VM_ID, EvmcsField.HV_VM_ID);
      addIfZero(EvmcsCheck.FLUSH_WITHOUT_VP_ID, EvmcsField.HV_VP_ID);
      addIfZero(EvmcsCheck.FLUSH_WITHOUT_PARTITION_ASSIST_PAGE, EvmcsField.PARTITION_ASSIST_PAGE);
    }
    if (GuestPage.offset(page.value(EvmcsField.PARTITION_ASSIST_PAGE)) != 0) {
      add(EvmcsCheck.UNALIGNED_PARTITION_ASSIST_PAGE, EvmcsField.PARTITION_ASSIST_PAGE);
    }
  }

  private void checkEnlightenments() {
    addBits(
        EvmcsCheck.RESERVED_ENLIGHTENMENT,
        EvmcsField.HV_ENLIGHTENMENTS_CONTROL,
        RESERVED_ENLIGHTENMENTS);
  }

  /**
   * A value can be stale only where L0 keeps one: of a field that it loads and that has a clean bit.
   * Always loaded are {@code tpr_threshold} and {@code guest_rip}; {@code hv_enlightenments_control} is
   * read live; other fields without a group, and those of {@link CleanFieldGroup#ALL}, KVM does not read.
   */
  private void checkCleanFields(EnlightenedVmcs previous) {
    for (FieldChange change : EvmcsDifference.between(profile, previous, page).fields()) {
      EvmcsField field = change.field();
      CleanFieldGroup group = field.cleanGroup();
      if (profile.evmcs().loads(field) && group.bit() >= 0 && EvmcsDifference.isClean(page, group)) {
        add(staleness(field), field, Finding.NO_BIT, change.before());
      }
    }
  }

  private EvmcsCheck staleness(EvmcsField field) {
    if (field.cleanGroup() == CleanFieldGroup.ENLIGHTENMENTSCONTROL) {
      return EvmcsCheck.STALE_FLUSH_CONTEXT;
    }
    return profile.evmcs().stores(field) ? EvmcsCheck.STALE_FIELD_OR_L0_WRITE : EvmcsCheck.STALE_FIELD;
  }

  private void addIfZero(EvmcsCheck check, EvmcsField field) {
    if (page.value(field) == 0) {
      add(check, field);
    }
  }

  /** A finding for each bit of {@code mask} that is set in the field. */
  private void addBits(EvmcsCheck check, EvmcsField field, int mask) {
    int found = (int) page.value(field) & mask;
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if (((found >>> bit) & 1) != 0) {
        add(check, field, bit, null);
      }
    }
  }

  private void add(EvmcsCheck check, EvmcsField field) {
    add(check, field, Finding.NO_BIT, null);
  }

  private void add(EvmcsCheck check, EvmcsField field, int bit, @Nullable Long before) {
    findings.add(
        new Finding(check, field.linuxName(), field.offset(), bit, page.value(field), before));
  }
}
