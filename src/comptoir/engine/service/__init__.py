"""Runs that start by themselves: the timetable, the queue, the workers."""
