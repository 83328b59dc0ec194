package io.vmxdecision.engine.check;

import io.vmxdecision.engine.profile.Profile;
import io.vmxdecision.engine.vmx.CleanFieldGroup;
import io.vmxdecision.engine.vmx.EnlightenedVmcs;
import io.vmxdecision.engine.vmx.EvmcsField;
import java.util.ArrayList;
import java.util.List;

/**
 * How an earlier and a later page of one eVMCS differ.
 *
 * @param fields the fields that differ, by offset
 * @param cleanGroups the groups whose clean bit L1 must have cleared if it made the changes, by bit
 * @param unmapped the bytes outside any field that differ
 */
public record EvmcsDifference(
    List<FieldChange> fields, List<CleanGroupChange> cleanGroups, List<ByteRange> unmapped) {

  /**
   * A field that differs.
   *
   * @param field which
   * @param before its value in the earlier page, zero-extended to 64 bits
   * @param after its value in the later page
   */
  public record FieldChange(EvmcsField field, long before, long after) {}

  /**
   * A group of which a field differs. A field of {@link CleanFieldGroup#ALL} is one of every group.
   *
   * @param group which, one with a bit
   * @param cleared whether the later page has its bit clear
   * @param writtenByL0 whether L0 writes all of the differing fields at VM-exit, so that the change may
   *     be its own, and nothing for L1 to announce
   */
  public record CleanGroupChange(CleanFieldGroup group, boolean cleared, boolean writtenByL0) {}

  /**
   * Compares two pages, which both have to be given.
   *
   * @param profile the L0 that may have written the later one
   * @throws IndexOutOfBoundsException when one is not
   */
  public static EvmcsDifference between(
      Profile profile, EnlightenedVmcs before, EnlightenedVmcs after) {
    List<FieldChange> fields = changes(before, after);
    List<CleanGroupChange> groups = new ArrayList<>();
    for (CleanFieldGroup group : CleanFieldGroup.values()) {
      List<EvmcsField> ofGroup =
          fields.stream().map(FieldChange::field).filter(field -> covers(group, field)).toList();
      if (!ofGroup.isEmpty()) {
        groups.add(
            new CleanGroupChange(
                group, !isClean(after, group), ofGroup.stream().allMatch(profile.evmcs()::stores)));
      }
    }
    return new EvmcsDifference(
        fields, List.copyOf(groups), UnmappedBytes.differing(before, after));
  }

  /** Whether a page says that nothing of a group, which has to have a bit, has changed. */
  static boolean isClean(EnlightenedVmcs page, CleanFieldGroup group) {
    return ((page.cleanFields() >>> group.bit()) & 1) != 0;
  }

  private static List<FieldChange> changes(EnlightenedVmcs before, EnlightenedVmcs after) {
    List<FieldChange> changes = new ArrayList<>();
    for (EvmcsField field : EvmcsField.values()) {
      if (before.value(field) != after.value(field)) {
        changes.add(new FieldChange(field, before.value(field), after.value(field)));
      }
    }
    return List.copyOf(changes);
  }

  private static boolean covers(CleanFieldGroup group, EvmcsField field) {
    return group.bit() >= 0
        && (field.cleanGroup() == group || field.cleanGroup() == CleanFieldGroup.ALL);
  }
}
