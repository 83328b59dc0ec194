/** What an explanation consists of, and how it reads as text. */
@NullMarked
package io.vmxdecision.artefacts.report;

import org.jspecify.annotations.NullMarked;
