"""Settlement: facts become targets, the ledger gets the difference, and every figure is explained."""
