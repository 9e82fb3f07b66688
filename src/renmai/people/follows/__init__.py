"""Who follows whom. A friend is who follows back; what friends may see of one another's trust is each one's own choice."""
