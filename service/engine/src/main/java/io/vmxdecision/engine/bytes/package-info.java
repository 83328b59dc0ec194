/** Bytes as they lie in memory: little-endian words, L1's guest-physical memory, L1's EPT. */
@NullMarked
package io.vmxdecision.engine.bytes;

import org.jspecify.annotations.NullMarked;
