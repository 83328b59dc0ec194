/** Pages and memory: hex dumps, eVMCS and assist pages, nested-state blobs, ELF dumps. */
@NullMarked
package io.vmxdecision.artefacts.page;

import org.jspecify.annotations.NullMarked;
