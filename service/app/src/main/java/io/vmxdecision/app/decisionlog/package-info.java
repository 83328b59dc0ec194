/**
 * The decision log: a line of JSON per decision, under an id that is the digest of what was asked. The
 * format: {@code api-spec/decision-log.md}.
 */
@NullMarked
package io.vmxdecision.app.decisionlog;

import org.jspecify.annotations.NullMarked;
