"""Large tables read, summarised and merged part by part, in bounded memory."""
