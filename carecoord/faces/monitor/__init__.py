"""What machines ask: is it alive, is it ready, how much does it do. Strangers get a word, never a detail."""
