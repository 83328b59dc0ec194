package io.vmxdecision.app.security;

/** The scopes of tokens (OAuth 2.0, RFC 6749 section 3.3). */
public final class Scopes {
  /** Allows to send snapshots: everything but {@code GET}. It allows what {@link #READ} does, too. */
  public static final String DECIDE = "vmx-decision:decide";

  /** Allows to read the catalogues: rules, fields of the eVMCS, exit reasons. */
  public static final String READ = "vmx-decision:read";

  private Scopes() {}

  /** What a token with that scope is granted. */
  static String authority(String scope) {
    return "SCOPE_" + scope;
  }
}
