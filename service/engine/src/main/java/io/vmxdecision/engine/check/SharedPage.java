package io.vmxdecision.engine.check;

/** The page that a finding points into. */
public enum SharedPage {
  EVMCS,
  VP_ASSIST_PAGE
}
