"""The pages: paying and joining for families, the calls for officers, and the kiosk."""
