"""CMS-HCC V24 and V28 and RxHCC V08: which diagnoses of which year, which factors, and the sum, factor by factor."""
