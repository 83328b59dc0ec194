/** {@code GET /v1/rules} and {@code GET /v1/profiles}: the rules, and the profiles that turn them. */
@NullMarked
package io.vmxdecision.app.rule;

import org.jspecify.annotations.NullMarked;
