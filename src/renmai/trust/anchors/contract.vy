# pragma version 0.4.3
# pragma evm-version paris
# pragma optimize gas
"""
@title Anchor of a transparency log
@license Apache-2.0
@notice Keeps the size and root of the newest checkpoint of one log, and an event for every one before it.
        Only the key that deployed it may anchor, and a log only grows. It holds no money and nobody can change it.
"""

event Anchored:
    size: uint256
    root: bytes32

# The key of the house. A key that was lost means a new contract, in the open, never a quiet change of hands.
owner: public(immutable(address))
# The block of the deployment: where a reader of the events begins.
began: public(immutable(uint256))

size: public(uint256)
root: public(bytes32)


@deploy
def __init__():
    owner = msg.sender
    began = block.number


@external
def anchor(size: uint256, root: bytes32):
    """
    @notice Anchor the checkpoint of `size` leaves whose RFC 6962 root is `root`.
    """
    assert msg.sender == owner, "not the owner"
    assert size > self.size, "size must grow"
    self.size = size
    self.root = root
    log Anchored(size=size, root=root)
