"""Payslips (loonstroken) from employers: formats.md §1c."""
