/** The command that decides again what a decision log holds, and tells where the outcome differs. */
@NullMarked
package io.vmxdecision.app.replay;

import org.jspecify.annotations.NullMarked;
