/** Audits of KVM traces: the endpoint, and the command that audits files. */
@NullMarked
package io.vmxdecision.app.audit;

import org.jspecify.annotations.NullMarked;
