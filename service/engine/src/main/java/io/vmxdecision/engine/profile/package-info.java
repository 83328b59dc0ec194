/**
 * Which L0 is modelled. A {@link io.vmxdecision.engine.profile.Profile} holds as data what one L0 does and
 * another may not; a class a model makes it. {@link io.vmxdecision.engine.profile.TlfsProfile} stands for what the
 * text demands of all of them.
 */
@NullMarked
package io.vmxdecision.engine.profile;

import org.jspecify.annotations.NullMarked;
