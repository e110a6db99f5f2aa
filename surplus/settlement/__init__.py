"""Settlement: facts become targets, the ledger gets the difference, every figure is explained."""
