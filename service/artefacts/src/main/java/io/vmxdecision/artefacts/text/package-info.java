/** Lines of text, whatever prefixes logs and mails put before them. */
@NullMarked
package io.vmxdecision.artefacts.text;

import org.jspecify.annotations.NullMarked;
