/**
 * What the text of the TLFS demands of an L0, the profile {@code tlfs}: answers in sets where the text allows several
 * outcomes, open questions where it is silent. It has rules T1 to T12 of its own ({@link
 * io.vmxdecision.engine.tlfs.TlfsRule}, not those of scenarios) and shares rules E and F, the reading of a
 * call's registers, VP sets and page ranges with the kernels. Source: TLFS, August 2026 (77e0742a8029), and
 * the 6.0b PDF where a rule names it.
 */
@NullMarked
package io.vmxdecision.engine.tlfs;

import org.jspecify.annotations.NullMarked;
