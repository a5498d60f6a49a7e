"""Rules in the forms of other tools: Sigma for a SIEM, lists for everything else."""
