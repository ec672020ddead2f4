"""What a merchant's developer uses: from outside, by API key, like any other client."""
