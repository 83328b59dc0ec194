/** {@code GET /v1/rules}: the rule catalogue. */
@NullMarked
package io.vmxdecision.app.rule;

import org.jspecify.annotations.NullMarked;
