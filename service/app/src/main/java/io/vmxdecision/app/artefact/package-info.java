/** Whatever people have, explained: {@code /v1/artefacts}, {@code /v1/decode}, and the command {@code explain}. */
@NullMarked
package io.vmxdecision.app.artefact;

import org.jspecify.annotations.NullMarked;
