package io.vmxdecision.engine.profile;

/**
 * What a profile was read from.
 *
 * @param title the name of the text or package
 * @param version which version of it
 * @param licence its licence, and that nothing of it is in here
 */
public record Source(String title, String version, String licence) {
  /** Of the Linux kernel, in Debian's package of it. */
  static Source kernel(String title, String version) {
    return new Source(title, version, "GPL-2.0 (read, not copied)");
  }

  /** Of Microsoft, as the repository of the documentation or as the PDF has it. */
  static Source tlfs(String title, String version, String licence) {
    return new Source(title, version, licence + " (read, not copied)");
  }
}
